import type { RepositorySpecs } from '../../../model';
import { repositorySpecsSchema } from '../../../model';
import astroid from './astroid.json';
import astropy from './astropy.json';
import django from './django.json';
import flask from './flask.json';
import marshmallow from './marshmallow.json';
import matplotlib from './matplotlib.json';
import pvlib from './pvlib.json';
import pydicom from './pydicom.json';
import pylint from './pylint.json';
import pytest from './pytest.json';
import pyvista from './pyvista.json';
import requests from './requests.json';
import scikitLearn from './scikit-learn.json';
import seaborn from './seaborn.json';
import sphinx from './sphinx.json';
import sqlfluff from './sqlfluff.json';
import sympy from './sympy.json';
import xarray from './xarray.json';

/** What is known of SWE-bench's Python repositories. A mistake in a file shows at the first look, in a test. */
export const ourSpecs: readonly RepositorySpecs[] = [
  astroid,
  astropy,
  django,
  flask,
  marshmallow,
  matplotlib,
  pvlib,
  pydicom,
  pylint,
  pytest,
  pyvista,
  requests,
  scikitLearn,
  seaborn,
  sphinx,
  sqlfluff,
  sympy,
  xarray,
].map((specs) => repositorySpecsSchema.parse(specs));
